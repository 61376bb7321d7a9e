"""Dossiers (hồ sơ): the workflow table, the verbs that move them, their history and their forms."""
