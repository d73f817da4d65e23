"""HTTP calls of tests to servers on this machine: none speaks TLS, so no certificate is read for each."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

request = partial(httpx.request, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False)
get = partial(request, "GET")
post = partial(request, "POST")
