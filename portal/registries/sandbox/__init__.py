"""A server that plays the state's registers: the population database and the civil status database.

Its own process, on the loopback only, with the standard library and nothing of Django. It knows the people of
the demonstration and their families (`people`), checks the signature of every question, answers one of the
law's four answers, and gives out the data asked for and no others. On its page one can make a register slow or
silent and see how the portal does without; the tests order the same, and worse, under /_control/.

It remembers nothing: started again, everybody is as they were.
"""
