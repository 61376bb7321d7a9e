"""Papers: files that never change, the register of what was issued, signatures, and the public check.

Doors: `store` (files), `uploads` (what citizens send), `papers` (the register), `render` (making PDFs),
`signing` (making signatures), `verification` (judging them). Stands on `accounts`; knows no procedure.
"""
