// The program: its verbs and what they share.

import ArgumentParser
@main struct Bonsai: ParsableCommand {}
