"""B2B standards: EDIFACT, X12, UBL, cXML, openTRANS."""
