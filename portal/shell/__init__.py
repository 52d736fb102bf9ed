"""The roof: navigation, the first page, errors, health, and the document of the API."""
