/** The types of frames; specified in docs/channel.md, the same as in frames.py. */
export const FrameType = {
  // Node to a session
  EXECUTE: 1,
  INTERRUPT: 2,
  CONNECTION_OPENED: 3,
  CONNECTION_CLOSED: 4,
  PIPES_OPENED: 5,
  INPUT_REPLY: 6,
  CLONE: 7,
  CALL_REPLY: 8,
  RELEASE: 9,
  // A session to Node
  HELLO: 64,
  DONE: 65,
  PUSH: 66,
  LOG: 67,
  INPUT_REQUEST: 68,
  INTERRUPTED: 69,
  CLONED: 70,
  BEGUN: 71,
  SHOWN: 72,
  VALUE: 73,
  CALL: 74,
  RELEASED: 75,
  // Node to the supervisor
  FORK: 128,
  ADOPT: 129,
  CLONING: 130,
  // The supervisor to Node
  SUPERVISING: 192,
  EXITED: 193,
  FORK_FAILED: 194,
} as const;

/** u32 length of what follows, u8 type. */
export const FRAME_HEADER_SIZE = 5;

/** A longer frame is a fault of its sender, which is cut off: a `str` result of Python may be long, but not so long. */
export const FRAME_SIZE_LIMIT = 512 * 1024 * 1024;
