-- wrk script: signed WhatsApp webhooks with unique ids from 20,000 phones, all made before the clock starts, so that the client takes
-- as little of the two cores as it can. The durable route and the no-op get the same requests.
-- Environment: SECRET, ENDPOINT (a path), PHONES, COUNT (requests to make; after the last the first comes again), RATE (requests a second, by
-- a clock that does not wait for answers; as many as possible by default).
local ffi = require("ffi")
ffi.cdef [[
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *md, const void *key, int key_len, const unsigned char *data, size_t len,
                      unsigned char *out, unsigned int *out_len);
  void *malloc(size_t size);
]]
local crypto = ffi.load("libcrypto.so.3")
local digest = ffi.new("unsigned char[32]")
local secret = os.getenv("SECRET") or "benchsecret"
local path = os.getenv("ENDPOINT") or "/webhooks/whatsapp-cloud/main"
local phones = tonumber(os.getenv("PHONES") or "20000")
local count = tonumber(os.getenv("COUNT") or "200000")
local rate = tonumber(os.getenv("RATE") or "0")

local hex = {}
for i = 0, 255 do hex[i] = string.format("%02x", i) end
local pieces = {}
local function sign(body)
  crypto.HMAC(crypto.EVP_sha256(), secret, #secret, body, #body, digest, nil)
  for i = 0, 31 do pieces[i + 1] = hex[digest[i]] end
  return table.concat(pieces)
end

local body_format = '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{' ..
  '"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},' ..
  '"contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":"%s"}],"messages":[{"from":"%s","id":"wamid.%s","timestamp":"%d",' ..
  '"type":"text","text":{"body":"Does it come in another color? I would like to have it before the weekend if that can be done."}}]},' ..
  '"field":"messages"}]}]}'
local request_format = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=%s\r\n" ..
  "Content-Length: %d\r\n\r\n%s"

-- The id's digits are scattered, as a provider's are: neighbours in time are not neighbours in the index.
local function make(n, run)
  local phone = "9198" .. string.format("%08d", math.random(0, phones - 1))
  local id = string.format("HBgM%08X%s%08X", (n * 2654435761) % 4294967296, run, n)
  -- Later than it is posted, which the gateway corrects to that moment: as of a message of now, it moves the session.
  local body = string.format(body_format, phone, phone, id, os.time() + 3600)
  return string.format(request_format, path, sign(body), #body, body)
end

local requests, lengths, next_request, thread_count = nil, {}, 0, 0

function setup(thread)
  assert(thread_count == 0, "one thread: each would make the same requests")
  thread_count = 1
end

function init()
  local random = io.open("/dev/urandom", "rb"):read(8)
  local run = random:gsub(".", function(c) return string.format("%02X", c:byte()) end)
  math.randomseed(random:byte(1) * 65536 + random:byte(2) * 256 + random:byte(3))
  requests = ffi.new("char *[?]", count)
  for n = 0, count - 1 do
    local text = make(n, run)
    requests[n] = ffi.cast("char *", ffi.C.malloc(#text))
    ffi.copy(requests[n], text, #text)
    lengths[n] = #text
  end
end

function request()
  local n = next_request % count
  next_request = next_request + 1
  return ffi.string(requests[n], lengths[n])
end

-- The n-th request has its time, whichever connection is free to send it.
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
