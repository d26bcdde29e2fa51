// All rooms of Bonsai under one roof: `import Bonsai` brings every one of them.

@_exported import Analysis
@_exported import Compression
@_exported import Data
@_exported import Execution
@_exported import Methods
@_exported import Network
@_exported import ONNX
@_exported import Pruning
@_exported import Reporting
@_exported import Runtimes
@_exported import Search
@_exported import Torch
@_exported import Training
