"""What other agencies may learn from a citizen's papers: with consent, or where the law says so; asked over HTTP.

    client → scope (purpose, legal basis, result type, claims, questions) → request → the citizen's consent → answers

Answers have three values: yes, no, cannot be said. Not allowed, no such person, no such paper and a paper that no
longer holds its claim all read the same, so that nobody is found out about by asking.
"""
