"""The screens: sign-in, upload, review, orders, holds, approvals, master data, deliveries, rules.

Place in the order's way: the door for people, on the top floor. Imports the server, never the other way round;
``web.create_app()`` is the server's app with the screens in it.
"""

from web.app import create_app

__all__ = ["create_app"]
