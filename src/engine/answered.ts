import { ExplainError } from "../common/errors";

/** What some work gives, or why it cannot be done; a cancellation is no answer, nor is what the program is to blame for. */
export async function answered<T>(work: () => Promise<T>): Promise<T | ExplainError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ExplainError && error.reason !== "cancelled") {
      return error;
    }
    throw error;
  }
}
