"""What to execute: from plain inputs, or from a Harness pipeline, stage or execution document."""
