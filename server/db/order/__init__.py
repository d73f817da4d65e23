"""An order's own rows: state, holds, approvals, decisions, and their erasure."""
