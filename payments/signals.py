"""What the cash desk tells upwards. Sent inside the transaction that changes the money.

The charge's row is locked at that moment; a receiver that locks rows of its own does so after it
(the order everywhere is: charge, then dossier). A receiver that raises undoes the whole change,
and the provider is asked again later.
"""

from django.dispatch import Signal

# charge: Charge (now PAID), payment: Payment, receipt: Receipt, at: datetime
charge_settled = Signal()
# charge: Charge (REFUNDED when all of the settling payment went back; PAID after a part of it; CANCELLED or
# PAID when money went back that was never owed), refund: Refund, at: datetime
charge_refunded = Signal()
