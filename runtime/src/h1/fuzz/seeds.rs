//! What damage begins with: messages as they are, and messages that others were broken by.

/// Connections of clients.
pub(super) const REQUESTS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"\r\n\r\nGET /v1/models?limit=2 HTTP/1.1\r\nHost: h:8080\r\nAccept: */*\r\nUser-Agent: curl/8.5.0\r\nAuthorization: Bearer abc\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
    b"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nTE: trailers\r\nConnection: te\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 42\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
    b"GET http://h:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n",
    b"HEAD /%7Ea/%2F/..;/b HTTP/1.1\r\nHost: [::1]:80\r\nX-Empty:\r\nX-Spaces:  \t a \t \r\nX-Bytes: \x80\xff\r\n\r\n",
    b"DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: keep-alive, x-a\r\nX-A: 1\r\n\r\n{}",
    b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly",
    b"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    b"GET /old HTTP/1.0\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
];

/// What upstreams answer.
pub(super) const ANSWERS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 99\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 Fine\r\nConnection: keep-alive\r\n\r\nuntil the end",
    b"HTTP/1.1 500 \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello",
    b"HTTP/1.1 200\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"220 mail.test ESMTP\r\n\r\n",
];

/// Bodies in chunks.
pub(super) const CHUNKS: &[&[u8]] = &[
    b"0\r\n\r\n",
    b"5\r\nhello\r\n0\r\n\r\nGET /",
    b"5\r\nhello\r\n00a;name=\"value\"\r\n0123456789\r\n0\r\nX-Sum: 42\r\nX-Two: 2\r\n\r\n",
    b"FFFFFFFFFFFFFFFF\r\nx",
    b"1\r\nx\r\n1\r\ny\r\n1\r\nz\r\n0;last\r\n\r\n",
];
