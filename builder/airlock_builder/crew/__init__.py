"""Much work done side by side: tasks, the order in which they are done, and the threads that do them."""

from airlock_builder.crew.crew import run_all as run_all
from airlock_builder.crew.task import Task as Task
