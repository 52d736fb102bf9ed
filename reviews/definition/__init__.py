"""The written quality definition: its template, drafts, versions, and how it is shown."""
