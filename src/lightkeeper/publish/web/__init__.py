"""The same pages over HTTP, with a JSON API. It reads what was built, changes nothing, and keeps nobody's address."""
