"""Shopify and WooCommerce: base64 HMAC-SHA256 over the raw body. Source: Shopify webhooks; WooCommerce webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.channels.incoming import same, sha256_base64, text_of

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def shopify(incoming: Incoming, secrets: Secrets) -> str:
    """Check ``X-Shopify-Hmac-Sha256``."""
    same(incoming.header("x-shopify-hmac-sha256"), sha256_base64(text_of(secrets, "app_secret"), incoming.body))
    return incoming.header("x-shopify-webhook-id")


def woocommerce(incoming: Incoming, secrets: Secrets) -> str:
    """Check ``X-WC-Webhook-Signature``."""
    same(incoming.header("x-wc-webhook-signature"), sha256_base64(text_of(secrets, "app_secret"), incoming.body))
    return incoming.header("x-wc-webhook-delivery-id")
