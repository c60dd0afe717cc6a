"""Which addresses of images lead to a host that the operator lists, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import InvalidRequestError, UnsupportedParameterError
from onevec.gateway.settings.image_hosts import ImageHosts, Place

HOSTS = ImageHosts.parse(("Images.example.com", "cdn.example.com:8443", "127.0.0.1:8000", "[::1]:8000", "10.0.0.0/8"))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://images.example.com/a.png?b=c#d", "https://images.example.com:443/a.png?b=c"),
        ("HTTP://IMAGES.EXAMPLE.COM", "http://images.example.com:80/"),
        ("http://images.example.com:80/a", "http://images.example.com:80/a"),
        ("https://cdn.example.com:8443/a", "https://cdn.example.com:8443/a"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
    ],
)
def test_a_listed_host(url, place):
    assert HOSTS.check(url).url == place


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a",
        "https://images.example.com.evil.com/a",
        "https://evil-images.example.com/a",
        "https://images.example.com:8080/a",
        "http://images.example.com:443/a",
        "https://cdn.example.com/a",
        "http://127.0.0.1/a",
        "http://10.1.2.3/a",
        "http://localhost:8000/a",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_host_that_is_not_listed_names_the_setting(url):
    with pytest.raises(UnsupportedParameterError, match=r"\[server\] image_hosts") as caught:
        HOSTS.check(url)
    assert caught.value.code == "image_host_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "images.example.com",
        "ftp://images.example.com/a",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "https://user@images.example.com/a",
        "https://images.example.com@evil.com/a",
        r"https://images.example.com\@evil.com/a",
        r"https://evil.com\.images.example.com/a",
        "https://images.example.com./a",
        "https://images.example.com:0/a",
        "https://images.example.com:99999/a",
        "https://images.example.com:x/a",
        "https://images.example.com/a b",
        "https://images.example.com/\n",
        "https://imäges.example.com/a",
        "https://images.example.com/ä",
        "https://[::1/a",
    ],
)
def test_an_address_that_libraries_might_read_differently_is_refused(url):
    with pytest.raises(InvalidRequestError, match="address of an image"):
        HOSTS.check(url)


@given(st.text(max_size=40))
def test_whatever_is_let_through_leads_to_the_listed_host(tail):
    try:
        place = HOSTS.check("https://images.example.com" + tail)
    except InvalidRequestError:
        return
    assert (place.host, place.port) == ("images.example.com", 443)
    assert Place.of(place.url) == place


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", True),  # listed
        ("::1", True),  # listed
        ("10.255.0.1", True),  # in a listed network
        ("127.0.0.2", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::", False),
        ("::ffff:169.254.169.254", False),
        ("2002:a9fe:a9fe::", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_only_public_and_listed_addresses_are_connected_to(address, admitted):
    assert HOSTS.admits(address) == admitted


@pytest.mark.parametrize("entry", ["*", "*.example.com", "http://a", "a/b", "a:b", "a b", "user@a", "ä", "1.2.3.4/40"])
def test_what_is_no_host(entry):
    with pytest.raises(ValueError, match=r"host|network|netmask"):
        ImageHosts.parse((entry,))


def test_an_empty_list_allows_nobody():
    assert not ImageHosts()
    with pytest.raises(UnsupportedParameterError):
        ImageHosts().check("https://images.example.com/a")
