"""Anthropic's SDK against a gateway: python anthropic_chat.py http://HOST:PORT stream|cancel|mock"""

import sys
import time

from anthropic import Anthropic

base, what = sys.argv[1:]
client = Anthropic(api_key="hk-test", base_url=base, max_retries=0, timeout=30)
ASK = {"model": "zen4", "max_tokens": 64, "messages": [{"role": "user", "content": "Count, please."}]}

if what == "stream":
    start = time.monotonic()
    with client.messages.stream(**ASK) as stream:
        for text in stream.text_stream:
            print(int((time.monotonic() - start) * 1000), text.strip(), flush=True)
elif what == "cancel":
    with client.messages.stream(**ASK) as stream:
        for n, _ in enumerate(stream.text_stream):
            if n == 2:
                break
        print(int(time.time() * 1e6), flush=True)
elif what == "mock":
    whole = client.messages.create(**ASK)
    assert whole.role == "assistant" and whole.content[0].text and whole.usage.output_tokens
    with client.messages.stream(**ASK) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text and final.content[0].text == text and final.stop_reason
    kinds = [event.type for event in client.messages.create(stream=True, **ASK)]
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop", kinds
    print("fine")
