"""OpenAI's SDK against a gateway: python openai_chat.py http://HOST:PORT stream|cancel|mock"""

import sys
import time

from openai import OpenAI

base, what = sys.argv[1:]
client = OpenAI(
    api_key="hk-test",
    base_url=f"{base}/v1",
    organization="org-test",
    project="proj-test",
    max_retries=0,
    timeout=30,
)
QUESTION = [{"role": "user", "content": "Count, please."}]


def chat(**more):
    return client.chat.completions.create(model="zen4", messages=QUESTION, **more)


if what == "stream":
    start = time.monotonic()
    for chunk in chat(stream=True):
        print(int((time.monotonic() - start) * 1000), chunk.choices[0].delta.content.strip(), flush=True)
elif what == "cancel":
    stream = chat(stream=True)
    for n, _ in enumerate(stream):
        if n == 2:
            break
    print(int(time.time() * 1e6), flush=True)
    stream.close()
elif what == "mock":
    model = client.models.list().data[0].id
    assert client.models.retrieve(model).id == model
    whole = client.chat.completions.create(model=model, messages=QUESTION)
    assert whole.choices[0].message.role == "assistant" and whole.choices[0].message.content
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=model, messages=QUESTION, stream=True, stream_options=options))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert any(c.choices and c.choices[0].finish_reason == "stop" for c in chunks)
    assert chunks[-1].usage is not None
    assert client.completions.create(model=model, prompt="Count").choices[0].text
    assert client.embeddings.create(model=model, input="Count").data[0].embedding
    print("fine")
