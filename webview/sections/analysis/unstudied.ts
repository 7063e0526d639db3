import { studiedMethods } from "../../../src/common/attentionStudy";
import { attributionOf, type Explanation } from "../../../src/common/explanation";
import type { MethodId } from "../../../src/common/method";

/** The methods whose finished scores by token an explanation would need to be studied, and does not have. */
export function unstudied(explanation: Explanation): MethodId[] {
  return studiedMethods.filter((method) => {
    const found = attributionOf(explanation, method);
    return !found || found.partial || found.units !== "token";
  });
}
