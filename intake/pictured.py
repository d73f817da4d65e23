"""Which files' pages stand beside a document's drafts: the document itself, or a mail's picture attachments.

Place in the order's way: beside read; pages are counted through in the same order as `readers/mail_order` does.
"""

from __future__ import annotations

from intake.media import Media, media
from intake.readers.mails.mail import open_mail
from intake.readers.mails.mail_order import readable


def pictured(data: bytes, filename: str, content_type: str) -> tuple[bytes, ...]:
    """Return the files to draw, in the order of their pages. Raises UnreadableDocument for a mail bomb."""
    if media(data, filename, content_type) is not Media.MAIL:
        return (data,)
    attachments = readable(open_mail(data))
    return tuple(
        item.data for item in attachments if media(item.data, item.filename, item.content_type) is Media.PICTURE
    )
