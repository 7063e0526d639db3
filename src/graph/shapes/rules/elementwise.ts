import { every, first, type OneShape, ofFirst, oneOf, type ShapeRules } from "../rule";

const ofAll: OneShape = (node, shapes) =>
  shapes.broadcast(node.input.filter((input) => input !== "").map((input) => shapes.of(input)));

/** Operators whose results have the shape of the first operand, or of all operands spread over each other. */
export const elementwise: ShapeRules = {
  ...oneOf(
    "Identity Cast CastLike Neg Sqrt Exp Log Reciprocal Sin Cos Abs Sign Tanh Sigmoid Erf Relu LeakyRelu ThresholdedRelu Elu Softplus HardSwish HardSigmoid " +
      "Clip Gelu Softmax LogSoftmax LayerNormalization SimplifiedLayerNormalization RMSNormalization Trilu Not IsNaN IsInf Floor Ceil Round " +
      "QuantizeLinear DequantizeLinear CumSum ScatterElements ScatterND RandomNormalLike RandomUniformLike Bernoulli EyeLike " +
      "com.microsoft.BiasGelu com.microsoft.Gelu com.microsoft.FastGelu com.microsoft.QuickGelu com.microsoft.RotaryEmbedding",
    first(ofFirst),
  ),
  Dropout: every(ofFirst),
  DynamicQuantizeLinear: (node, shapes) => [ofFirst(node, shapes), [], []],
  // Mean and spread in between are left out by the runtime; the sum comes fourth.
  ...oneOf("com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization", (node, shapes) => [
    ofFirst(node, shapes),
    undefined,
    undefined,
    ofFirst(node, shapes),
  ]),
  ...oneOf(
    "Add Sub Mul Div Pow Sum Min Max Mean Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Mod PRelu BitwiseAnd",
    first(ofAll),
  ),
};
