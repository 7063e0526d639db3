import { ExplainError } from "../common/errors";
import { innerGraphs, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { shapeRules } from "./shapes/shapeRules";

/** Operators without a rule for shapes whose results are no larger than what they read, or whose sizes are counted where they stand. */
const others: ReadonlySet<string> = new Set(
  (
    "Acos Acosh Asin Asinh Atan Atanh BatchNormalization BitShift BitwiseNot BitwiseOr BitwiseXor Celu ConcatFromSequence Constant ConvInteger " +
    "Cosh DFT GlobalAveragePool GlobalLpPool GlobalMaxPool GroupNormalization Hardmax If InstanceNormalization Loop LpNormalization LRN " +
    "MeanVarianceNormalization Mish Optional OptionalGetElement OptionalHasElement QLinearConv QLinearMatMul ReverseSequence RotaryEmbedding Scan Scatter Selu " +
    "SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength Shrink Sinh Softsign SplitToSequence Swish Tan " +
    "TensorScatter ThresholdedRelu Attention " +
    "com.microsoft.BiasAdd com.microsoft.BiasDropout com.microsoft.BiasSoftmax com.microsoft.BiasSplitGelu com.microsoft.DynamicQuantizeMatMul " +
    "com.microsoft.DecoderMaskedMultiHeadAttention com.microsoft.DecoderMaskedSelfAttention com.microsoft.GatherBlockQuantized com.microsoft.GroupQueryAttention com.microsoft.LayerNormalization " +
    "com.microsoft.LongformerAttention com.microsoft.MatMulBnb4 com.microsoft.MatMulInteger16 com.microsoft.MatMulIntegerToFloat com.microsoft.QAttention " +
    "com.microsoft.QEmbedLayerNormalization com.microsoft.QGemm com.microsoft.QLinearAdd com.microsoft.QLinearAveragePool com.microsoft.QLinearConcat " +
    "com.microsoft.QLinearGlobalAveragePool com.microsoft.QLinearLeakyRelu com.microsoft.QLinearMul com.microsoft.QLinearReduceMean " +
    "com.microsoft.QLinearSigmoid com.microsoft.QLinearSoftmax com.microsoft.QLinearWhere com.microsoft.QuantizeLinear com.microsoft.DequantizeLinear " +
    "com.microsoft.RelativePositionBias com.microsoft.GatedRelativePositionBias com.microsoft.RemovePadding com.microsoft.RestorePadding " +
    "com.microsoft.SimplifiedLayerNormalization com.microsoft.SkipGroupNorm com.microsoft.SparseAttention com.microsoft.GemmFastGelu"
  ).split(" "),
);

/**
 * Refuses operators of which nothing is known, in inner graphs too: what they would take cannot be counted, and a few bytes can ask some of them for
 * any amount. Throws `operator-unsupported`.
 */
export function refuseUnknownOperators(nodes: readonly NodeProto[]): void {
  for (const node of nodes) {
    const operator = operatorOf(node);
    if (!shapeRules.has(operator) && !others.has(operator)) {
      throw new ExplainError(
        "operator-unsupported",
        "This model uses the operator {0}, which no known transformer needs. Export it again or choose another model.",
        operator,
      );
    }
    for (const inner of innerGraphs(node)) {
      refuseUnknownOperators(inner.node);
    }
  }
}
