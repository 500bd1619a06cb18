"""What is compressed, and what is left alone."""

import gzip

import brotli
import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from ejournal.lib.compression import CompressionMiddleware

LONG = "Электрондук журнал. " * 200


def answered(response: HttpResponse, accepts: str = "gzip, deflate, br, zstd") -> HttpResponse:
    request: HttpRequest = RequestFactory().get("/", HTTP_ACCEPT_ENCODING=accepts)
    return CompressionMiddleware(lambda _request: response)(request)


def test_a_page_is_compressed_and_says_so() -> None:
    answer = answered(HttpResponse(LONG, headers={"ETag": '"v1"'}))
    assert brotli.decompress(answer.content).decode() == LONG
    assert answer["Content-Encoding"] == "br"
    assert answer["Content-Length"] == str(len(answer.content))
    assert (answer["Vary"], answer["ETag"]) == ("Accept-Encoding", 'W/"v1"')


@pytest.mark.parametrize("accepts", ["gzip, deflate", "GZIP;q=0.5", "br;q=0, gzip", "br; q=0.00, gzip"])
def test_a_browser_that_takes_no_brotli_gets_gzip(accepts: str) -> None:
    answer = answered(HttpResponse(LONG), accepts=accepts)
    assert gzip.decompress(answer.content).decode() == LONG
    assert (answer["Content-Encoding"], answer["Content-Length"]) == ("gzip", str(len(answer.content)))


@pytest.mark.parametrize("accepts", ["", "identity", "gzip;q=0, br;q=0", "brotli"])
def test_a_browser_that_takes_neither_gets_the_page_as_it_is(accepts: str) -> None:
    answer = answered(HttpResponse(LONG), accepts=accepts)
    assert (answer.content.decode(), answer["Vary"]) == (LONG, "Accept-Encoding")
    assert not answer.has_header("Content-Encoding")


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(LONG, content_type="application/pdf"),
        HttpResponse(LONG, headers={"Content-Encoding": "br"}),
    ],
)
def test_what_gains_nothing_is_left_alone(response: HttpResponse) -> None:
    before = response.content
    assert answered(response).content == before


def test_a_stream_is_left_alone() -> None:
    answer = answered(StreamingHttpResponse(iter([LONG.encode()])))
    assert not answer.has_header("Content-Encoding")
