"""Makes the goldens of chat templates: what transformers' apply_chat_template makes of conversations, or that it refuses them.

    python test/golden/generation/chat.py
"""

import gzip
import json
import pathlib

import transformers
from tokenizers import Tokenizer, models

here = pathlib.Path(__file__).resolve().parent
# The usual constructions of templates that models have: roles in turn, system turns, whitespace control, macros, filters, namespaces, refusals.
templates = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "llama2": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "llama3": "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    "zephyr": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
    "gemma": "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}",
    "control": "{%- macro turn(role, text) -%}\n  [{{ role | upper }}]\n  {{- text | replace('\\n', ' ') }}\n{%- endmacro -%}\n{%- set ns = namespace(count=0) -%}\n{%- for message in messages if message.content is defined %}\n    {#- a comment -#}\n    {%- set ns.count = ns.count + 1 %}\n    {{- turn(message.role, message.content) }}{% if not loop.last %};{% endif %}\n{%- endfor %}\n{{ ns.count }} {{ messages | length }} {{ messages | map(attribute='role') | join(',') }} {{ messages[0].content | tojson }}\n",
    "qwen": "{%- for message in messages %}\n    {%- set content = message.content if message.content is string else '' %}\n    {%- if '</think>' in content %}{%- set content = content.split('</think>')[-1].lstrip('\\n') %}{%- endif %}\n    {{- '<|im_start|>' ~ message.role ~ '\\n' ~ content }}{{ '<|im_end|>\\n' }}\n{%- endfor %}\n{%- for i in range(2, 0, -1) %}{{ i }}{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}",
}
user = {"role": "user", "content": " Is it {{ good }}?\n"}
assistant = {"role": "assistant", "content": "<think>hm</think>\n\nYes, it's 'good'."}
conversations = [
    [user],
    [{"role": "system", "content": "Be brief."}, user],
    [user, assistant, {"role": "user", "content": "Über 😀 \"quoted\" <b>"}],
    [assistant],
]
tokens = dict(bos_token="<s>", eos_token="</s>")
tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1}, unk_token="<s>")), **tokens)
cases = []
for name, template in templates.items():
    for turns in conversations:
        try:
            text = tokenizer.apply_chat_template(turns, chat_template=template, tokenize=False, add_generation_prompt=True)
        except Exception:  # A refusal, by the template itself.
            text = None
        cases.append({"name": name, "template": template, "turns": turns, "text": text})
data = json.dumps({"tokens": tokens, "cases": cases}, separators=(",", ":")).encode()
(here / "chat.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
print(len(cases), sum(case["text"] is None for case in cases), (here / "chat.json.gz").stat().st_size)
