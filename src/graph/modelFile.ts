import { readDescription } from "./description";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from "./onnxSchema";
import { modelSchema } from "./onnxSchema";
import { decode } from "./protobuf";
import { encode } from "./protobufWriter";
import { corrupt, unsupported } from "./refusal";
import { checkTensor } from "./tensor";

/**
 * Reads an ONNX file; weights are views into `file`. Everything is checked before it is returned: lengths, nesting, and that every tensor
 * has as much data as its dimensions say. Throws `model-file-corrupt` or `model-unsupported`.
 */
export function readModel(file: Uint8Array): ModelProto {
  readDescription(file);
  const model = decode(modelSchema, file);
  if (!model.graph) {
    throw corrupt("it holds no graph");
  }
  if (model.opsetImport.length === 0) {
    throw corrupt("it does not say which operators it uses");
  }
  forEachTensor(model, checkTensor);
  return model;
}

/** The file of a model as chunks to be written or joined in order; weights are the views they came as. */
export function writeModel(model: ModelProto): Uint8Array[] {
  return encode(modelSchema, model);
}

/** Visits every tensor of a model: initialisers, settings of nodes, inner graphs, functions. Refuses sparse tensors. */
export function forEachTensor(model: ModelProto, visit: (tensor: TensorProto) => void): void {
  mapTensors(model, (tensor) => {
    visit(tensor);
    return tensor;
  });
}

/** A model with every tensor replaced; see {@link forEachTensor}. */
export function mapTensors(model: ModelProto, change: (tensor: TensorProto) => TensorProto): ModelProto {
  const inGraph = (graph: GraphProto): GraphProto => {
    if (graph.sparseInitializer.length > 0) {
      throw unsupported("it stores weights as sparse tensors");
    }
    return { ...graph, initializer: graph.initializer.map(change), node: graph.node.map(inNode) };
  };
  const inAttribute = (attribute: AttributeProto): AttributeProto => {
    if (attribute.sparseTensor || attribute.sparseTensors.length > 0) {
      throw unsupported("it stores constants as sparse tensors");
    }
    if (!attribute.t && !attribute.g && attribute.tensors.length === 0 && attribute.graphs.length === 0) {
      return attribute;
    }
    return {
      ...attribute,
      ...(attribute.t ? { t: change(attribute.t) } : {}),
      ...(attribute.g ? { g: inGraph(attribute.g) } : {}),
      tensors: attribute.tensors.map(change),
      graphs: attribute.graphs.map(inGraph),
    };
  };
  const inNode = (node: NodeProto): NodeProto => ({ ...node, attribute: node.attribute.map(inAttribute) });
  return {
    ...model,
    ...(model.graph ? { graph: inGraph(model.graph) } : {}),
    functions: model.functions.map((f) => ({
      ...f,
      node: f.node.map(inNode),
      attributeProto: f.attributeProto.map(inAttribute),
    })),
  };
}
