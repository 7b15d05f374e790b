// What does the client want of the server's frames? Its SETTINGS, checked. Source: RFC 9113, 6.5.

import {
  ConnectionError,
  type ErrorCode,
  errorCodes,
  frameBytesDefault,
  settingIds,
  windowDefault,
  windowMax,
} from './frames.ts';

const frameBytesLimit = 2 ** 24 - 1;

export class PeerSettings {
  /** What may be sent on a new stream before the client allows more. */
  initialWindow = windowDefault;
  frameBytesMax: number = frameBytesDefault;

  /** Takes over the payload of a SETTINGS frame; says by how much the windows of open streams change. Throws ConnectionError. */
  apply(payload: Buffer): { windowChange: number } {
    if (payload.length % 6 !== 0)
      throw refusal('SETTINGS are not pairs of a name and a value', errorCodes.frameSizeError);
    const before = this.initialWindow;
    for (let at = 0; at < payload.length; at += 6) this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    return { windowChange: this.initialWindow - before };
  }

  #set(id: number, value: number): void {
    switch (id) {
      case settingIds.enablePush:
        if (value > 1) throw refusal('ENABLE_PUSH is neither 0 nor 1');
        return;
      case settingIds.initialWindowSize:
        if (value > windowMax) throw refusal('INITIAL_WINDOW_SIZE is too large', errorCodes.flowControlError);
        this.initialWindow = value;
        return;
      case settingIds.maxFrameSize:
        if (value < frameBytesDefault || value > frameBytesLimit) throw refusal('MAX_FRAME_SIZE is out of its range');
        this.frameBytesMax = value;
        return;
      default:
        // The others are about what this server does not do: it pushes nothing, and its headers use no table.
        return;
    }
  }
}

function refusal(message: string, code: ErrorCode = errorCodes.protocolError): ConnectionError {
  return new ConnectionError(code, message);
}
