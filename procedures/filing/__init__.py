"""Filing: drafts, the wizard over them, reuse of what the citizen already has, review, submit."""
