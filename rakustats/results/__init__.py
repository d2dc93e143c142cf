"""What every public function returns, and its writers."""
