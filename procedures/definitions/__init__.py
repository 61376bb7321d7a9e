"""Procedures and their versions: bundles in and out, checks, publishing, and what runtime reads of them.

Doors: `bundles` (files), `publishing` (draft → published → retired), `runtime` (a published definition).
May import eforms, payments and portal; nothing of dossiers or filing.
"""
