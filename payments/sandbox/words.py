"""What the hosted page says, in the two languages that a session may ask for."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "vi": {
        "brand": "Máy thanh toán thử",
        "test": "Đây là trang thử. Không có tiền thật và không cần số thẻ.",
        "title": "Nộp phí, lệ phí",
        "total": "Tổng cộng",
        "ask": "Điều gì sẽ xảy ra?",
        "hint": "Chọn một kết quả. Máy làm đúng như vậy và báo lại cho cổng dịch vụ công.",
        "card": "Trả bằng thẻ, thành công",
        "card_hint": "Tiền được ghi nhận ngay.",
        "declined": "Trả bằng thẻ, bị từ chối",
        "declined_hint": "Tiền không bị trừ, ông/bà chọn lại được.",
        "arrives": "Chuyển khoản, tiền đến sau ít giây",
        "arrives_hint": "Cổng hiện “đang chờ ngân hàng”, rồi “đã nộp”.",
        "returns": "Chuyển khoản, tiền bị trả lại sau ít giây",
        "returns_hint": "Cổng hiện “đang chờ ngân hàng”, rồi “chưa nộp được”.",
        "go": "Tiếp tục",
        "leave": "Quay lại, không nộp",
        "choose": "Chọn một kết quả rồi bấm Tiếp tục.",
        "error": "Lỗi",
        "was_declined": "Ngân hàng từ chối thẻ này. Tiền chưa bị trừ. Chọn cách khác hoặc quay lại.",
        "complete": "Phiên này đã xong",
        "complete_text": "Không cần trả lần nữa. Quay lại cổng dịch vụ công để xem kết quả.",
        "expired": "Phiên này đã hết hạn",
        "expired_text": "Tiền chưa bị trừ. Quay lại cổng dịch vụ công để nộp lại từ đầu.",
        "back": "Quay lại cổng dịch vụ công",
        "unknown": "Không có phiên này",
        "unknown_text": "Mở lại trang nộp phí từ hồ sơ của ông/bà.",
        "index": "Máy này nói theo cách của Stripe và chỉ trả lời trên chính máy này.",
    },
    "en": {
        "brand": "Payment sandbox",
        "test": "This is a test page. There is no real money and no card number is needed.",
        "title": "Pay the fee",
        "total": "Total",
        "ask": "What shall happen?",
        "hint": "Choose an outcome. The server does just that and tells the portal.",
        "card": "Pay by card, it succeeds",
        "card_hint": "The money is there at once.",
        "declined": "Pay by card, it is declined",
        "declined_hint": "No money is taken, and you can choose again.",
        "arrives": "Bank transfer, it arrives in some seconds",
        "arrives_hint": "The portal shows “waiting for the bank”, then “paid”.",
        "returns": "Bank transfer, it comes back in some seconds",
        "returns_hint": "The portal shows “waiting for the bank”, then “not paid”.",
        "go": "Continue",
        "leave": "Go back without paying",
        "choose": "Choose an outcome, then press Continue.",
        "error": "Error",
        "was_declined": "The bank declined this card. No money was taken. Choose another way, or go back.",
        "complete": "This session is complete",
        "complete_text": "There is nothing more to pay. Go back to the portal to see the result.",
        "expired": "This session has expired",
        "expired_text": "No money was taken. Go back to the portal to start again.",
        "back": "Back to the portal",
        "unknown": "There is no such session",
        "unknown_text": "Open the payment page again from your dossier.",
        "index": "This server speaks as Stripe does and answers on this machine only.",
    },
}


def money(amount: int, language: str) -> str:
    grouped = f"{amount:,}" if language == "en" else f"{amount:,}".replace(",", ".")
    return f"{grouped}\u00a0đ"
