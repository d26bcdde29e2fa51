import ArgumentParser
@main struct Bonsai: ParsableCommand {}
