"""Every address of the site, in Vietnamese, as a citizen would read it aloud."""

from django.urls import include, path

from portal import views
from portal.accounts.views import set_language

urlpatterns = [
    path("", include("procedures.filing.home")),
    path("song/", views.alive, name="alive"),
    path("ngon-ngu/", set_language, name="set_language"),
    path("tai-khoan/", include("portal.accounts.urls")),
    path("thong-bao/", include("portal.messages.urls")),
    path("giay-to/", include("portal.documents.urls")),
    path("chia-se/", include("portal.sharing.urls")),
    path("api/", include("portal.sharing.api_urls")),
    path("quan-tri/chia-se/", include("portal.sharing.admin_urls")),
    path("tra-cuu-du-lieu/", include("portal.registries.urls")),
    path("thanh-toan/", include("payments.urls")),
    path("thu-tuc/", include("procedures.definitions.urls")),
    path("nhap/", include("procedures.filing.urls")),
    path("ho-so/", include("procedures.dossiers.urls")),
    path("ket-qua/", include("procedures.results.urls")),
    path("can-bo/thu-tien/", include("payments.desk_urls")),
    path("can-bo/tai-chinh/", include("payments.finance.urls")),
    path("can-bo/ngan-hang/", include("payments.bank_urls")),
    path("can-bo/", include("procedures.counter.urls")),
    path("quan-tri/", include("procedures.studio.urls")),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
