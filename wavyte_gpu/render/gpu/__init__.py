"""The only package that imports wgpu.

    device.py     which adapter, and the device opened on it
    pipelines.py  kernels compiled once per signature, bind-group layouts read from their WGSL
    pool.py       textures: surfaces by slot, asset pages, video planes
    params.py     all parameters of a frame in one buffer
    output.py     NV12 from the root surface
    readback.py   the ring of staging buffers that frames come back through
    backend.py    one plan = one compute pass = one submit

Import `GpuBackend` from `render.gpu.backend` where a device is really wanted: nothing here imports wgpu by itself.
"""
