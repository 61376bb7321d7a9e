"""A procedure made wholly in the studio, from an empty draft to a citizen's first filing and payment."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import seeded
from tests.journeys.driver import person
from tests.journeys.studio import Author

pytestmark = pytest.mark.journey

CODE = "2.000999"
NAME, NAME_EN = "Sao lục tài liệu lưu trữ của gia đình", "Copies of a family’s archived documents"
BIRTH = "KQ.G15.000031"
WHO, OF_CHILD, TOTAL, COPIES = "ho_va_ten", "la_tai_lieu_cua_con", "tong_so_trang", "so_ban"
ENGLISH = {
    "Lưu trữ": "Archives",
    "Xin bản sao có xác nhận của giấy tờ cũ đang giữ ở kho lưu trữ.": "Certified copies of old papers in the archive.",
    "Cá nhân có tài liệu trong kho.": "Whoever has documents in the archive.",
    "Tôi cam đoan những điều khai trên là đúng.": "I declare that what I have stated is true.",
    "Luật Lưu trữ số 33/2024/QH15, Điều 25": "Law on Archives No. 33/2024/QH15, Article 25",
    "Người yêu cầu": "Who is asking",
    "Họ và tên": "Full name",
    "Điện thoại": "Phone",
    "Là tài liệu của con": "The documents are my child’s",
    "Người con": "The child",
    "Họ tên con": "The child’s name",
    "Ngày sinh của con": "The child’s date of birth",
    "Tài liệu cần sao": "Documents to copy",
    "Tài liệu": "Documents",
    "Tên tài liệu": "Name of the document",
    "Số trang": "Pages",
    "Tổng số trang": "Pages altogether",
    "Số bản": "Copies",
    "Mỗi lần xin nhiều nhất 10 bản.": "At most 10 copies at a time.",
    "Mục đích": "Purpose",
    "Dùng để làm gì": "What for",
    "Đi học": "School",
    "Việc khác": "Something else",
    "Nói rõ việc khác": "Say what else",
    "Nhận bản giấy": "Copies on paper",
    "Gửi bản giấy đến nhà": "Send paper copies home",
    "Địa chỉ nhận": "Address",
    "Giấy khai sinh của con": "The child’s birth certificate",
    "Dùng tên và ngày sinh của con trong giấy khai sinh": "Use the child’s name and date of birth",
    "Phí sao lục": "Fee for copies",
    "Thông tư số 226/2016/TT-BTC": "Circular No. 226/2016/TT-BTC",
    "Giấy xác nhận sao lục": "Confirmation of copies",
}


def test_a_procedure_from_an_empty_draft_to_its_first_filing(browser, site):
    author = person(browser, site, Author, viewport={"width": 1440, "height": 900})
    author.sign_in("quantri.thutuc")
    for part in PARTS:
        part(author)
    assert author.judged == []
    assert author.noise == []
    mother = person(browser, site)
    mother.sign_in(seeded(site, "001190000850", "paper")["number"])
    file(mother)
    pay(mother)
    assert mother.noise == []


def begin(author):
    """The list, and the four facts on which a procedure begins."""
    page = author.page
    author.go("/can-bo/")
    page.locator("header").get_by_role("link", name="Thủ tục và biểu mẫu").first.click()
    expect(page.locator("h1")).to_have_text("Thủ tục và biểu mẫu")
    author.judge("list")
    page.get_by_role("link", name="Thủ tục mới").click()
    expect(page.locator("h1")).to_have_text("Thủ tục mới")
    author.judge("new")
    page.get_by_label("Mã", exact=True).fill(CODE)
    page.get_by_label("Tên tiếng Việt", exact=True).fill(NAME)
    page.get_by_label("Tên tiếng Anh").fill(NAME_EN)
    page.get_by_label("Lĩnh vực", exact=True).fill("Lưu trữ")
    page.get_by_role("button", name="Bắt đầu").click()
    author.code = CODE
    expect(page.locator("#studio-head")).to_contain_text(NAME)


def describe(author):
    author.open_section("information")
    author.write(
        "Tóm tắt trong một, hai câu (tiếng Việt)",
        "Xin bản sao có xác nhận của giấy tờ cũ đang giữ ở kho lưu trữ.",
    )
    author.choose("Sự kiện trong đời", "school_work")
    author.write("Từ khóa tìm kiếm", "sao lục, học bạ cũ, giấy tờ cũ")
    author.choose("Cơ quan giải quyết", "commune")
    author.write("Bao lâu", "3")
    author.write("Ai được nộp (tiếng Việt)", "Cá nhân có tài liệu trong kho.")
    author.write("Lời cam đoan trước khi nộp (tiếng Việt)", "Tôi cam đoan những điều khai trên là đúng.")
    law = author.add_row("Căn cứ pháp lý", "Thêm căn cứ")
    author.write("Tiếng Việt", "Luật Lưu trữ số 33/2024/QH15, Điều 25", inside=law)
    author.judge("information")


def ask_for_the_person(author):
    author.add_step("Người yêu cầu")
    author.add_field("Họ và tên", "Văn bản ngắn")
    source = author.add_row("Điền sẵn từ", "Thêm nguồn")
    author.choose("Lấy mục nào của tài khoản", "applicant.full_name", inside=source)
    author.up()
    author.add_field("Điện thoại", "Số điện thoại")
    source = author.add_row("Điền sẵn từ", "Thêm nguồn")
    author.choose("Lấy mục nào của tài khoản", "applicant.phone", inside=source)
    author.judge("field")
    author.up()
    author.add_fields(("Là tài liệu của con", "Có hoặc không"))
    author.judge("step")


def ask_for_the_child(author):
    """A part that is asked when the condition holds that the builder makes."""
    author.add_step("Người con")
    author.add_fields(("Họ tên con", "Văn bản ngắn"))
    author.add_field("Ngày sinh của con", "Ngày")
    author.write("Không muộn hơn", "today")
    author.up()
    author.page.get_by_role("link", name="Dựng điều kiện").click()
    expect(author.page.locator("#builder")).to_be_visible()
    author.pick("Về", OF_CHILD)
    author.judge("condition")
    author.press("Lưu điều kiện")
    expect(author.page.get_by_label("Chỉ hỏi khi", exact=True)).to_have_value(f"{OF_CHILD} == true")


def ask_for_the_documents(author):
    """A repeating group, a computed sum over its rows, and a check."""
    author.add_step("Tài liệu cần sao")
    author.add_field("Tài liệu", "Nhóm lặp lại")
    author.write("Số dòng ít nhất", "1")
    author.write("Số dòng nhiều nhất", "10")
    author.add_fields(("Tên tài liệu", "Văn bản ngắn"))
    author.add_field("Số trang", "Số nguyên")
    author.write("Không nhỏ hơn", "1")
    author.up()
    author.judge("group")
    author.up()
    author.add_field("Tổng số trang", "Số nguyên")
    author.write("Tính từ các câu trả lời khác", "sum(tai_lieu.map(t, t.so_trang))")
    author.up()
    author.add_field("Số bản", "Số nguyên")
    author.write("Không nhỏ hơn", "1")
    check = author.add_row("Kiểm tra", "Thêm kiểm tra")
    author.write("Điều kiện phải thỏa", f"{COPIES} <= 10", inside=check)
    author.write("Nếu không thì báo (tiếng Việt)", "Mỗi lần xin nhiều nhất 10 bản.", inside=check)


def ask_how_to_send(author):
    """Conditions that are typed."""
    author.add_step("Nhận bản giấy")
    author.add_fields(("Gửi bản giấy đến nhà", "Có hoặc không"))
    author.add_field("Địa chỉ nhận", "Văn bản ngắn")
    author.write("Chỉ hỏi khi", "gui_ban_giay_den_nha == true")


def ask_what_for(author):
    author.add_step("Mục đích")
    author.add_field("Dùng để làm gì", "Chọn một")
    for words in ("Đi học", "Việc khác"):
        option = author.add_row("Các câu trả lời để chọn", "Thêm câu trả lời")
        author.write("Câu trả lời (tiếng Việt)", words, inside=option)
    author.up()
    author.add_field("Nói rõ việc khác", "Văn bản dài")
    author.write("Chỉ hỏi khi", 'dung_de_lam_gi == "viec_khac"')


def move_by_keyboard(author):
    """The last part one up, and a question one down, by Enter alone; the focus stays with what moves."""
    author.open_section("form")
    author.judge("outline")
    author.move("Mục đích", "up")
    expect(author.page.locator("section.card h3").nth(3)).to_contain_text("Mục đích")
    author.move("Họ tên con", "down")
    author.page.locator("#undo").focus()
    author.page.keyboard.press("Enter")
    expect(author.page.locator("#say")).to_contain_text("Đã hoàn tác")
    items = author.page.locator("section.card").nth(1).locator(".items > li")
    expect(items.first).to_contain_text("Họ tên con")


def ask_for_papers(author):
    author.open_section("information")
    author.write("Hồ sơ của ai", WHO)
    author.open_section("papers")
    paper = author.add_row("Thành phần hồ sơ", "Thêm giấy tờ")
    author.write("Tên giấy tờ (tiếng Việt)", "Giấy khai sinh của con", inside=paper)
    author.write("Chỉ hỏi khi", f"{OF_CHILD} == true", inside=paper)
    author.page.reload()
    accepted = author.add_row("Kết quả thay được cho “Giấy khai sinh của con”", "Thêm kết quả")
    author.choose("Kết quả", BIRTH, inside=accepted)
    rule = author.add_row("Dùng lại kết quả", "Thêm quy tắc dùng lại")
    author.choose("Kết quả được dùng lại", BIRTH, inside=rule)
    author.write(
        "Người dân đồng ý điều gì (tiếng Việt)",
        "Dùng tên và ngày sinh của con trong giấy khai sinh",
        inside=rule,
    )
    author.choose("Họ tên con", "child.full_name")
    author.choose("Ngày sinh của con", "child.date_of_birth")
    author.judge("papers")


def charge(author):
    """2.000 đ for the first two pages, 1.000 đ from the third on, at most 200.000 đ a copy."""
    author.open_section("fees")
    fee = author.add_row("Các khoản thu", "Thêm khoản thu")
    author.write("Tên khoản thu (tiếng Việt)", "Phí sao lục", inside=fee)
    author.write("Căn cứ pháp lý (tiếng Việt)", "Thông tư số 226/2016/TT-BTC", inside=fee)
    author.tick("Phí (bù đắp chi phí dịch vụ)", inside=fee)
    author.tick("Theo bậc: càng nhiều thì mỗi đơn vị càng rẻ hoặc càng đắt", inside=fee)
    author.write("Đếm gì trong một bản", TOTAL, inside=fee)
    author.write("Một bản thu tối đa, đồng", "200000", inside=fee)
    author.write("Số lượng", COPIES, inside=fee)
    author.page.reload()
    tiers = author.rows("Các bậc giá: Phí sao lục").locator(".row")
    author.write("Đến đơn vị thứ", "2", inside=tiers.first)
    author.write("Mỗi đơn vị thu, đồng", "2000", inside=tiers.first)
    author.add_row("Các bậc giá: Phí sao lục", "Thêm bậc")
    author.write("Mỗi đơn vị thu, đồng", "1000", inside=tiers.nth(1))
    example = author.add_row("Bảng kiểm thử: Phí sao lục", "Thêm ví dụ")
    author.write("Tổng số trang", "5", inside=example)
    author.write("Số bản", "2", inside=example)
    author.write("Thì phải thu, đồng", "14000", inside=example)
    author.judge("fees")


def issue(author):
    author.open_section("processing")
    author.judge("processing")
    author.open_section("result")
    author.write("Tên kết quả (tiếng Việt)", "Giấy xác nhận sao lục")
    author.write("Mã kết quả quốc gia", "KQ.G15.000999")
    author.choose("Mẫu in", "general")
    author.write("Ký hiệu trong số", "XN-SL")
    author.write("Giấy tờ của ai", WHO)
    for name, says in (("requester.full_name", WHO), ("documents", "tai_lieu"), ("copies", COPIES)):
        author.write("Tên", name)
        author.write("Nội dung", says)
    author.judge("result")


def look(author):
    """The preview and the routing."""
    frame = author.page.frame_locator("#preview")
    expect(frame.locator("body")).to_contain_text("Người yêu cầu")
    author.go(author.at("duong-di/"))
    expect(author.page.locator("#work")).to_contain_text("Nói rõ việc khác")
    author.judge("routing")
    author.go(author.at("xem-thu/"))
    author.judge("preview")


def publish(author):
    """What is left is the English; with it, the version is in force."""
    page = author.page
    author.go(author.at("cong-bo/"))
    author.judge("publish, open")
    page.get_by_role("link", name="Dịch tất cả ở một trang").click()
    translate(author)
    author.go(author.at("cong-bo/"))
    author.judge("publish")
    page.get_by_role("button", name="Công bố bản 1").click()
    expect(page.locator("main")).to_contain_text("Bản 1 đang dùng")
    author.judge("procedure")


def translate(author):
    expect(author.page.locator("h2.t2")).to_have_text("Ngôn ngữ")
    author.judge("languages")
    asked = author.page.locator("#work form.panel")
    for panel in asked.all():
        words = panel.locator("label").inner_text()
        panel.locator("[name$='-en']").fill(ENGLISH[words])
        panel.locator("[name$='-en']").press("Tab")
        author.saved()


def file(mother):
    """Found by search, begun with the birth certificate, filled in, sent, paid."""
    page = mother.page
    mother.go("/")
    page.locator("input[name=q]").first.fill("sao luc tai lieu")
    page.keyboard.press("Enter")
    page.locator(f"main a[href='/thu-tuc/{CODE}/']").first.click()
    expect(page.locator("h1")).to_have_text(NAME)
    mother.press_begin()
    mother.use_the_paper()
    onward(mother, "Người yêu cầu", {OF_CHILD: True})
    expect(page.locator("h1")).to_have_text("Người con")
    expect(page.locator("main .locked")).to_contain_text("Trần Nguyễn Mẫu Anh")
    onward(mother, "Người con", {})
    page.fill("[name='tai_lieu-0-ten_tai_lieu']", "Học bạ tiểu học")
    page.fill("[name='tai_lieu-0-so_trang']", "3")
    page.click("button[name=_add][value=tai_lieu]")
    page.fill("[name='tai_lieu-1-ten_tai_lieu']", "Sổ hộ khẩu năm 1998")
    page.fill("[name='tai_lieu-1-so_trang']", "2")
    onward(mother, "Tài liệu cần sao", {COPIES: 2})
    onward(mother, "Mục đích", {"dung_de_lam_gi": "viec_khac", "noi_ro_viec_khac": "Viết gia phả"})
    onward(mother, "Nhận bản giấy", {"gui_ban_giay_den_nha": False})
    onward(mother, "Giấy tờ", {})
    expect(page.locator("main")).to_contain_text("14.000")
    expect(page.locator("main")).to_contain_text("Học bạ tiểu học")
    mother.send()


def onward(mother, title, answers):
    """Answer the part that is open, and go on to the next."""
    page = mother.page
    expect(page.locator("h1")).to_have_text(title)
    for key, value in answers.items():
        mother._answer(key, value, None)
    page.click("form[data-once] >> button.btn:has-text('Lưu và tiếp tục')")


def pay(visitor):
    """At the sandbox's hosted page."""
    page = visitor.page
    if "/thanh-toan/" not in page.url:
        page.click("a:has-text('Nộp ngay')")
    page.click("main form button.btn")
    page.wait_for_url(lambda url: not url.startswith(visitor.site.url))
    page.check("#card")
    page.click("main button")
    page.wait_for_url(visitor.site.url + "/**")
    expect(page.locator("main")).to_contain_text("14.000")


PARTS = (
    begin,
    describe,
    ask_for_the_person,
    ask_for_the_child,
    ask_for_the_documents,
    ask_how_to_send,
    ask_what_for,
    move_by_keyboard,
    ask_for_papers,
    charge,
    issue,
    look,
    publish,
)
