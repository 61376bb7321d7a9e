"""What the cash desk tells upwards. Sent inside the transaction that changes the money.

The charge's row is locked at that moment; a receiver that locks rows of its own does so after it
(the order everywhere is: charge, then dossier). A receiver that raises undoes the whole change,
and the provider is asked again later.
"""

from django.dispatch import Signal

# charge: Charge (now PAID), payment: Payment, receipt: Receipt, at: datetime
charge_settled = Signal()
# charge: Charge (now WAIVED: an officer confirmed that nothing is owed), at: datetime
charge_waived = Signal()
# charge: Charge (REFUNDED when all of the settling payment went back; PAID after a part of it; CANCELLED or
# PAID when money goes back that was never owed), refund: Refund (asked for, or in another status than before),
# at: datetime
refund_changed = Signal()
# receipt: Receipt (whose signed paper is there now), at: datetime
receipt_made = Signal()
# charge: Charge, dispute: Dispute (new, or decided), at: datetime
dispute_changed = Signal()
