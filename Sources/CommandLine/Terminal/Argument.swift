// Which of two types called Argument the verbs mean.

import ArgumentParser

/// A positional argument of a verb; the tensor engine has a type of this name too.
typealias Argument = ArgumentParser.Argument
