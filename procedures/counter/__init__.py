"""Pages for staff (bộ phận Một cửa and the units behind it): the inbox, the dossier, the decisions."""
