"""Names in paths. What cannot be a name of ours is answered with 404 like any other unknown name."""

from __future__ import annotations

from pydantic import BaseModel, Field


class OrderPath(BaseModel):
    """One order."""

    order_id: str = Field(max_length=64)


class RulePath(OrderPath):
    """One rule, seen from one order."""

    rule_id: str = Field(max_length=100)


class HoldPath(BaseModel):
    """One hold."""

    hold_id: str = Field(max_length=64)


class DecisionPath(BaseModel):
    """One decision."""

    decision_id: str = Field(max_length=64)


class DocumentPath(BaseModel):
    """One document."""

    document_id: str = Field(max_length=64)


class PagePath(DocumentPath):
    """One page of a document, from 1."""

    number: int = Field(ge=1, le=10_000)


class DraftPath(BaseModel):
    """One draft."""

    draft_id: str = Field(max_length=64)


class CodePath(BaseModel):
    """One item of master data by its own code."""

    code: str = Field(max_length=200)


class ImportPath(BaseModel):
    """One import of master data."""

    import_id: str = Field(max_length=64)


class MessagePath(BaseModel):
    """One message of the outbox."""

    message_id: str = Field(max_length=64)


class EndpointPath(BaseModel):
    """One webhook endpoint."""

    endpoint_id: str = Field(max_length=64)
