"""The human side of a study, pure: what one person is put, page by page, and what exclusion rules judge by."""
