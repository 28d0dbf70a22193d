// sennit/unsupported.h: what a GPU has and a CPU has not, declared so that using it is refused
// with the line of its use. The frontend knows these messages by "the CPU has no ".
#pragma once

#include "sennit/keywords.h"

#define _SNT_UNAVAILABLE(what) __attribute__((unavailable("the CPU has no " what)))
#define _SNT_NO_FUNCTION(what, name)      \
  template <typename T, typename... Rest> \
  _SNT_UNAVAILABLE(what)                  \
  T name(Rest...);
#define _SNT_NO_TEXTURE(name) _SNT_NO_FUNCTION("textures", name)
#define _SNT_NO_SURFACE(name)              \
  _SNT_NO_FUNCTION("surfaces", name##read) \
  template <typename... Rest>              \
  _SNT_UNAVAILABLE("surfaces")             \
  void name##write(Rest...);

// Of a texture: a kernel may have the parameter as long as it does not look into it.
typedef unsigned long long cudaTextureObject_t;
typedef unsigned long long cudaSurfaceObject_t;
enum cudaTextureReadMode { cudaReadModeElementType, cudaReadModeNormalizedFloat };
inline constexpr int cudaTextureType1D = 1, cudaTextureType2D = 2, cudaTextureType3D = 3;
template <typename T, int kind = 1, cudaTextureReadMode mode = cudaReadModeElementType>
struct _SNT_UNAVAILABLE("textures") texture;

_SNT_NO_TEXTURE(tex1D)
_SNT_NO_TEXTURE(tex2D)
_SNT_NO_TEXTURE(tex3D)
_SNT_NO_TEXTURE(tex1Dfetch)
_SNT_NO_TEXTURE(tex1DLod)
_SNT_NO_TEXTURE(tex2DLod)
_SNT_NO_TEXTURE(tex3DLod)
_SNT_NO_TEXTURE(tex1DGrad)
_SNT_NO_TEXTURE(tex2DGrad)
_SNT_NO_TEXTURE(tex3DGrad)
_SNT_NO_TEXTURE(tex1DLayered)
_SNT_NO_TEXTURE(tex2DLayered)
_SNT_NO_TEXTURE(tex2Dgather)
_SNT_NO_TEXTURE(texCubemap)
_SNT_NO_SURFACE(surf1D)
_SNT_NO_SURFACE(surf2D)
_SNT_NO_SURFACE(surf3D)
_SNT_NO_SURFACE(surf1DLayered)
_SNT_NO_SURFACE(surf2DLayered)

template <typename... Arguments>
_SNT_UNAVAILABLE("dynamic parallelism")
int cudaLaunchDevice(Arguments...);
template <typename... Arguments>
_SNT_UNAVAILABLE("dynamic parallelism")
int cudaDeviceSynchronize(Arguments...);

#undef _SNT_NO_TEXTURE
#undef _SNT_NO_SURFACE
