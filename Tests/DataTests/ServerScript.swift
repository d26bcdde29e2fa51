// A small HTTP server for the download tests, in Python, which set-up needs anyway.

/// Serves files under several behaviours, told by the first part of the path: those of the folder that is
/// its second argument, and one body under every other name. Writes its port to standard output and a
/// line for each request to the file that is its first argument.
let serverScript = """
  import http.server
  import os
  import sys
  import threading

  body = bytes((index * 31 + index // 256) % 256 for index in range(300_000))


  class Handler(http.server.BaseHTTPRequestHandler):
      def do_GET(self):
          _, kind, name = self.path.split("/")
          log.write(f"{kind} {self.headers.get('Range', '-')}\\n")
          log.flush()
          if kind == "missing":
              self.send_error(404)
              return
          path = os.path.join(sys.argv[2], name)
          content = open(path, "rb").read() if os.path.exists(path) else body
          if kind == "wrong":
              content = bytes(len(content))
          if kind == "cut":
              content = content[: len(content) // 2]
          start = 0
          requested = self.headers.get("Range")
          if requested and kind != "norange":
              start = int(requested.removeprefix("bytes=").split("-")[0])
              if start >= len(content):
                  self.send_error(416)
                  return
              self.send_response(206)
              self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
          else:
              self.send_response(200)
          content = content[start:]
          if kind == "short":
              content = content[:1000]
          self.send_header("Content-Length", str(len(content)))
          self.end_headers()
          # "broken" closes the connection in the middle of what it announced.
          self.wfile.write(content[: len(content) // 2] if kind == "broken" else content)

      def log_message(self, *arguments):
          pass


  log = open(sys.argv[1], "w")
  server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
  print(server.server_address[1], flush=True)
  # The test holds standard input open; when it ends, however it ends, so does the server.
  threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
  server.serve_forever()
  """
