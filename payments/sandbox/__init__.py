"""A server that speaks Stripe: the embedded default of the demo, and the peer of the tests.

Its own process, on the loopback only, with its own memory (one SQLite file), the standard library and
nothing of Django. It keeps Checkout Sessions, PaymentIntents, Charges, Refunds and Events as Stripe does,
refuses what Stripe refuses, signs its webhooks and sends them again until they are answered. It takes no
card: on its page one says what shall happen. Keys must begin with sk_test_; no money moves anywhere.

Where it differs from Stripe, on purpose: it knows only the parameters that the portal uses (any other is
refused, as an unknown one would be); its only currency is the đồng; and Stripe's minimum (about US$0.50)
is off unless `--vnd-minimum` sets it, because real fees are often lower and a demo must be able to pay
them. With Stripe itself such fees need cash or a transfer.
"""
