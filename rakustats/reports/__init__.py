"""Reports: notebooks run with parameters, as HTML that needs no network, XLSX, CSV and JSON."""
