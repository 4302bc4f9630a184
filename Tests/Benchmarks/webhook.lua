-- wrk script: signed WhatsApp webhooks with unique ids, created by requests.c before the measurement starts. The durable route, the no-op
-- and the peer get the same requests. Environment: LIBRARY (requests.c as a library), SECRET, ENDPOINT (a path), PHONES, COUNT (the number
-- of requests to create; after the last one the first is sent again), RATE (requests per second, at times that do not depend on answers; 0:
-- as many as possible).
local ffi = require("ffi")
ffi.cdef [[
  struct request { const char *text; size_t length; };
  struct request *make_requests(const char *path, const char *secret, unsigned phones, size_t count);
]]
local library = ffi.load(os.getenv("LIBRARY"))
local count = tonumber(os.getenv("COUNT"))
local rate = tonumber(os.getenv("RATE"))

local requests, next_request, thread_count = nil, 0, 0

function setup(thread)
  assert(thread_count == 0, "one thread: each would make requests of its own")
  thread_count = 1
end

function init()
  requests = library.make_requests(os.getenv("ENDPOINT"), os.getenv("SECRET"), tonumber(os.getenv("PHONES")), count)
end

function request()
  local made = requests[next_request % count]
  next_request = next_request + 1
  return ffi.string(made.text, made.length)
end

-- The n-th request has a fixed time, whichever connection is free to send it.
if rate > 0 then
  ffi.cdef [[ struct timespec { long seconds; long nanoseconds; }; int clock_gettime(int clock, struct timespec *time); ]]
  local time, first, planned = ffi.new("struct timespec"), nil, 0
  function delay()
    ffi.C.clock_gettime(1, time)
    local now = tonumber(time.seconds) * 1000 + tonumber(time.nanoseconds) / 1e6
    first = first or now
    planned = planned + 1
    return math.max(0, math.floor(first + planned * 1000 / rate - now))
  end
end

function done(summary, latency)
  io.write(string.format("RESULT rate=%.0f p50=%.2f p99=%.2f max=%.2f requests=%d non2xx=%d errors=%d\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.requests, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
