"""The course for nbgrader: an ordinary course directory on one machine; INSTRUCTOR.md tells of JupyterHub."""

c = get_config()  # given by Jupyter

c.CourseDirectory.course_id = "shinrenkei"

c.ClearSolutions.code_stub = {"python": "# ここに書く / Your code here\nraise NotImplementedError()"}

# A unit takes seconds; a minute for one cell leaves room for a slow machine and still ends an endless loop.
c.Execute.timeout = 60
# Tracebacks end at the message: the lines around it are hidden tests, which feedback would hand out.
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--InteractiveShell.xmode=Minimal"]
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
