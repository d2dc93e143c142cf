"""Bytes to rows of text: encoding, sheet, header, kind of export, mapping."""
