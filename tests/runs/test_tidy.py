from shinrenkei.runs.tidy import tidy_notebook


def code(*outputs, **more):
    return {
        "cell_type": "code",
        "source": "x",
        "metadata": {},
        "outputs": list(outputs),
        "execution_count": 1,
    } | more


def stream(name, text):
    return {"output_type": "stream", "name": name, "text": text}


def tidy(*cells, **more):
    return tidy_notebook(
        {"cells": list(cells), "metadata": {"papermill": {"start_time": "now"}}, **more}, [("/made/up", ".")]
    )


def test_times_and_ids_of_chance_are_left_out():
    timed = {"tags": ["x"], "papermill": {"start_time": "now"}, "execution": {"iopub.status.busy": "now"}}
    found = tidy(code(metadata=timed, id="same"), code(id="same"))
    assert "papermill" not in found["metadata"]
    assert found["cells"][0]["metadata"] == {"tags": ["x"]}
    assert [cell["id"] for cell in found["cells"]] == ["cell-1", "cell-2"]
    assert [cell["id"] for cell in tidy(code(id="a"), code(id="b"))["cells"]] == ["a", "b"]


def test_addresses_process_numbers_and_places_are_left_out():
    text = "<A at 0x7f3b2c1d0e5f> /t/ipykernel_123/456.py:1: /made/up/x.csv 0xdeadbeef"
    [cell] = tidy(code(stream("stderr", text)))["cells"]
    assert cell["outputs"][0]["text"] == "<A at 0x...> /t/ipykernel/456.py:1: ./x.csv 0xdeadbeef"


def test_texts_are_joined_between_pictures_and_not_across():
    picture = {"output_type": "display_data", "data": {"image/png": "A"}, "metadata": {}}
    [cell] = tidy(
        code(
            stream("stderr", "1"),
            stream("stdout", "2"),
            stream("stderr", "3"),
            picture,
            stream("stdout", "4"),
        )
    )["cells"]
    assert cell["outputs"] == [stream("stdout", "2"), stream("stderr", "13"), picture, stream("stdout", "4")]


def test_data_other_than_plain_text_is_kept_as_it_is():
    output = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    [cell] = tidy(
        code(output | {"data": {"text/html": "<A at 0x7f3b2c1d0e5f>", "text/plain": "<A at 0x7f3b2c1d0e5f>"}})
    )["cells"]
    assert cell["outputs"][0]["data"] == {"text/html": "<A at 0x7f3b2c1d0e5f>", "text/plain": "<A at 0x...>"}


def test_long_texts_without_a_space_take_no_longer_than_others():
    text = "x" * 3_000_000
    [cell] = tidy(code(stream("stdout", text)))["cells"]
    assert cell["outputs"][0]["text"] == text
