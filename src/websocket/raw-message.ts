/** The event under which a gateway gets each message as it came: a Buffer, text or binary. */
export const RAW_MESSAGE = 'message';
