// backend/cpu/compiler/region_shell.cpp: a region's function before its body is put in.
#include "backend/cpu/compiler/region_shell.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

#include <cstddef>

namespace sennit::cpu {

using namespace llvm;

LoadInst* load_invariant(IRBuilder<>& builder, Type* type, Value* base, std::uint64_t offset) {
  Value* address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset);
  LoadInst* load = builder.CreateLoad(type, address);
  load->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(builder.getContext(), {}));
  return load;
}

Value* load_value(IRBuilder<>& builder, Type* type, Value* address, MDNode* access_group) {
  const bool truth = type->isIntegerTy(1);
  LoadInst* load = builder.CreateLoad(truth ? builder.getInt8Ty() : type, address);
  if (access_group) load->setMetadata(LLVMContext::MD_access_group, access_group);
  return truth ? builder.CreateTrunc(load, type) : load;
}

void store_value(IRBuilder<>& builder, Value* value, Value* address, MDNode* access_group) {
  if (value->getType()->isIntegerTy(1)) value = builder.CreateZExt(value, builder.getInt8Ty());
  StoreInst* store = builder.CreateStore(value, address);
  if (access_group) store->setMetadata(LLVMContext::MD_access_group, access_group);
}

Value* RegionShell::frame_address(IRBuilder<>& builder, std::uint64_t offset,
                                  std::uint64_t bytes) const {
  Type* byte = builder.getInt8Ty();
  Value* array = builder.CreateInBoundsGEP(
      byte, frame,
      builder.CreateMul(padded_threads, builder.getInt64(offset), "", /*HasNUW=*/true,
                        /*HasNSW=*/true));
  return builder.CreateInBoundsGEP(
      byte, array, builder.CreateMul(rank64, builder.getInt64(bytes), "", true, true));
}

Value* RegionShell::argument_address(IRBuilder<>& builder, unsigned index) const {
  return load_invariant(builder, builder.getPtrTy(), arguments, sizeof(void*) * index);
}

RegionShell make_region_shell(Function& kernel, const std::string& name) {
  LLVMContext& context = kernel.getContext();
  IRBuilder<> builder(context);
  Type* pointer = builder.getPtrTy();
  Type* i32 = builder.getInt32Ty();
  RegionShell shell;
  shell.function =
      Function::Create(FunctionType::get(i32, {pointer, pointer, pointer, pointer}, false),
                       GlobalValue::ExternalLinkage, name, kernel.getParent());
  for (const Attribute& attribute : kernel.getAttributes().getFnAttrs())
    if (attribute.isStringAttribute()) shell.function->addFnAttr(attribute);
  shell.function->setDoesNotThrow();
  for (unsigned argument = 0; argument < 4; ++argument)
    shell.function->addParamAttr(argument, Attribute::NoAlias);

  const auto block = [&](const char* label) {
    return BasicBlock::Create(context, label, shell.function);
  };
  shell.entry = block("entry");
  shell.z_loop = block("z");
  shell.y_loop = block("y");
  shell.x_loop = block("x");
  shell.x_latch = block("x.latch");
  shell.y_latch = block("y.latch");
  shell.z_latch = block("z.latch");
  shell.leave = block("leave");
  shell.context = shell.function->getArg(0);
  Value* range = shell.function->getArg(1);
  shell.uniforms_in = shell.function->getArg(2);
  shell.uniforms_out = shell.function->getArg(3);

  builder.SetInsertPoint(shell.entry);
  const auto field = [&](Type* type, std::size_t offset) {
    return load_invariant(builder, type, shell.context, offset);
  };
  for (unsigned d = 0; d < 3; ++d) {
    shell.block_index[d] = field(i32, offsetof(BlockContext, block_index) + 4 * d);
    shell.block_dim[d] = field(i32, offsetof(BlockContext, block_dim) + 4 * d);
    shell.grid_dim[d] = field(i32, offsetof(BlockContext, grid_dim) + 4 * d);
  }
  shell.padded_threads =
      builder.CreateZExt(field(i32, offsetof(BlockContext, padded_threads)), builder.getInt64Ty());
  shell.arguments = field(pointer, offsetof(BlockContext, arguments));
  shell.static_shared = field(pointer, offsetof(BlockContext, static_shared));
  shell.dynamic_shared = field(pointer, offsetof(BlockContext, dynamic_shared));
  shell.frame = field(pointer, offsetof(BlockContext, frame));
  shell.exchange = field(pointer, offsetof(BlockContext, exchange));
  shell.next_state = field(pointer, offsetof(BlockContext, next_state));
  shell.warp_mask = field(pointer, offsetof(BlockContext, warp_mask));
  const auto bound = [&](std::size_t offset) {
    return load_invariant(builder, i32, range, offset);
  };
  shell.x_begin = bound(offsetof(ThreadRange, x_begin));
  shell.x_end = bound(offsetof(ThreadRange, x_end));
  shell.y_begin = bound(offsetof(ThreadRange, y_begin));
  shell.y_end = bound(offsetof(ThreadRange, y_end));
  shell.z_begin = bound(offsetof(ThreadRange, z_begin));
  shell.z_end = bound(offsetof(ThreadRange, z_end));
  builder.CreateBr(shell.z_loop);

  builder.SetInsertPoint(shell.z_loop);
  shell.z = builder.CreatePHI(i32, 2);
  shell.z->addIncoming(shell.z_begin, shell.entry);
  builder.CreateBr(shell.y_loop);

  builder.SetInsertPoint(shell.y_loop);
  shell.y = builder.CreatePHI(i32, 2);
  shell.y->addIncoming(shell.y_begin, shell.z_loop);
  Value* plane = builder.CreateMul(shell.z, shell.block_dim[1], "", true, true);
  Value* row = builder.CreateMul(builder.CreateAdd(plane, shell.y, "", true, true),
                                 shell.block_dim[0], "row", true, true);
  Value* row64 = builder.CreateZExt(row, builder.getInt64Ty());
  builder.CreateBr(shell.x_loop);

  builder.SetInsertPoint(shell.x_loop);
  shell.x = builder.CreatePHI(i32, 2);
  shell.x->addIncoming(shell.x_begin, shell.y_loop);
  shell.rank64 = builder.CreateAdd(row64, builder.CreateZExt(shell.x, builder.getInt64Ty()),
                                   "rank64", true, true);
  shell.rank = builder.CreateAdd(row, shell.x, "rank", true, true);
  shell.access_group = MDNode::getDistinct(context, {});
  return shell;
}

namespace {

void mark_parallel(BranchInst& latch, MDNode* access_group) {
  LLVMContext& context = latch.getContext();
  Metadata* parallel[] = {MDString::get(context, "llvm.loop.parallel_accesses"), access_group};
  Metadata* wanted[] = {MDString::get(context, "llvm.loop.vectorize.enable"),
                        ConstantAsMetadata::get(ConstantInt::getTrue(context))};
  MDNode* loop = MDNode::getDistinct(
      context, {nullptr, MDNode::get(context, parallel), MDNode::get(context, wanted)});
  loop->replaceOperandWith(0, loop);  // as LLVM wants it: the node names itself
  latch.setMetadata(LLVMContext::MD_loop, loop);
}

// Ends `latch`: the next turn of the loop whose variable is `index`, or on to `then`.
BranchInst* close_loop(BasicBlock* latch, PHINode* index, BasicBlock* header, Value* end,
                       BasicBlock* then) {
  IRBuilder<> builder(latch);
  Value* next = builder.CreateAdd(index, builder.getInt32(1), "", true, true);
  index->addIncoming(next, latch);
  return builder.CreateCondBr(builder.CreateICmpULT(next, end), header, then);
}

}  // namespace

void close_region_shell(RegionShell& shell, Value* x_end, bool vectorise) {
  BranchInst* x_branch = close_loop(shell.x_latch, shell.x, shell.x_loop, x_end, shell.y_latch);
  if (vectorise) mark_parallel(*x_branch, shell.access_group);
  close_loop(shell.y_latch, shell.y, shell.y_loop, shell.y_end, shell.z_latch);
  close_loop(shell.z_latch, shell.z, shell.z_loop, shell.z_end, shell.leave);
}

}  // namespace sennit::cpu
