/* SHA-256 of several messages side by side: Python's face of kernel.h.
 *
 * Each message has a state that is fed piece by piece, as with hashlib; update() takes pieces of several messages and
 * hashes them in the lanes of the processor's vectors, without the interpreter's lock. Source: FIPS 180-4, section 5.
 */

#include <Python.h>

#include <stdint.h>
#include <string.h>

#define BLOCK 64
#define MOST 8 /* lanes of the widest kernel */

static const uint32_t INITIAL[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Kernels: each takes as many messages at once as it has lanes. */

#define NAME one_plain
#define WIDTH 1
#define LOGIC 0
#define TARGET
#include "kernel.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

#define NAME eight_avx2
#define WIDTH 8
#define LOGIC 0
#define TARGET __attribute__((target("avx2")))
#include "kernel.h"

#define NAME eight_avx512
#define WIDTH 8
#define LOGIC 1
#define TARGET __attribute__((target("avx512f,avx512vl")))
#include "kernel.h"

static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

static int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
}

static int has_sha(void) /* Intel SDM, CPUID leaf 7: EBX bit 29 */
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}
#else
static int has_sha(void)
{
    return 0;
}
#endif

static int always(void)
{
    return 1;
}

typedef struct {
    const char *name;
    unsigned width;
    int (*usable)(void);
    void (*take)(uint32_t *const *states, const unsigned char *const *data, size_t blocks);
} Kernel;

static const Kernel KERNELS[] = {
    /* the best is the last that the processor has */
    {"plain", 1, always, one_plain},
#ifdef __x86_64__
    {"avx2", 8, has_avx2, eight_avx2},
    {"avx512", 8, has_avx512, eight_avx512},
#endif
};
#define COUNT (sizeof KERNELS / sizeof KERNELS[0])

/* A message, and what is left of the piece that it is fed. */

typedef struct {
    PyObject_HEAD
    uint32_t words[8];
    uint64_t size;             /* bytes taken, with those in rest */
    unsigned char rest[BLOCK]; /* the last size % BLOCK of them, which are not hashed yet */
    int busy;                  /* is fed by another thread, or stands twice among the pieces */
} Sha256;

typedef struct {
    Sha256 *state;
    Py_buffer piece;
    const unsigned char *at; /* what is hashed next: blocks at a place, */
    size_t blocks;
    const unsigned char *next; /* and what stands after it */
    size_t left;
} Job;

/* Have whole blocks at hand; false where the rest of the piece is less than one, and kept. */
static int has_blocks(Job *job)
{
    Sha256 *state = job->state;
    size_t kept = state->size % BLOCK;
    if (kept && job->left) {
        size_t more = job->left < BLOCK - kept ? job->left : BLOCK - kept;
        memcpy(state->rest + kept, job->next, more);
        state->size += more, job->next += more, job->left -= more;
        job->at = state->rest, job->blocks = kept + more == BLOCK;
    } else {
        size_t whole = job->left / BLOCK * BLOCK;
        job->at = job->next, job->blocks = whole / BLOCK;
        state->size += whole, job->next += whole, job->left -= whole;
        if (!whole && job->left) {
            memcpy(state->rest, job->next, job->left);
            state->size += job->left, job->left = 0;
        }
    }
    return job->blocks != 0;
}

/* Hash all jobs, as many at once as there are lanes; a lane whose job has ended takes the next one. */
static void run(const Kernel *kernel, Job *jobs, size_t count)
{
    uint32_t unused[8], *states[MOST];
    const unsigned char *data[MOST];
    Job *lanes[MOST];
    size_t active = 0, begun = 0;
    for (;;) {
        for (; active < kernel->width && begun < count; begun++)
            if (has_blocks(&jobs[begun]))
                lanes[active++] = &jobs[begun];
        if (!active)
            return;
        const Kernel *chosen = active == 1 ? &KERNELS[0] : kernel;
        size_t blocks = lanes[0]->blocks;
        for (size_t i = 0; i < chosen->width; i++) {
            Job *job = lanes[i < active ? i : 0];
            states[i] = i < active ? job->state->words : unused;
            data[i] = job->at;
            blocks = job->blocks < blocks ? job->blocks : blocks;
        }
        chosen->take(states, data, blocks);
        for (size_t i = active; i-- > 0;) {
            lanes[i]->at += BLOCK * blocks;
            lanes[i]->blocks -= blocks;
            if (!lanes[i]->blocks && !has_blocks(lanes[i]))
                lanes[i] = lanes[--active];
        }
    }
}

static void finish(const Sha256 *state, unsigned char *digest)
{
    unsigned char last[2 * BLOCK] = {0};
    const unsigned char *data[1] = {last};
    uint32_t words[8], *states[1] = {words};
    size_t kept = state->size % BLOCK, blocks = kept + 9 > BLOCK ? 2 : 1;
    memcpy(words, state->words, sizeof words);
    memcpy(last, state->rest, kept);
    last[kept] = 0x80;
    for (int i = 0; i < 8; i++)
        last[BLOCK * blocks - 1 - (size_t)i] = (unsigned char)(state->size * 8 >> 8 * i);
    one_plain(states, data, blocks);
    for (int i = 0; i < 32; i++)
        digest[i] = (unsigned char)(words[i / 4] >> (24 - 8 * (i % 4)));
}

/* Python. */

typedef struct {
    PyTypeObject *type;
} Module;

static PyObject *busy(void)
{
    PyErr_SetString(PyExc_ValueError, "a Sha256 takes one piece at a time");
    return NULL;
}

/* Give back what jobs hold. */
static void release(Job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jobs[i].state->busy = 0;
        PyBuffer_Release(&jobs[i].piece);
        Py_DECREF(jobs[i].state);
    }
}

/* Hold a state and a piece of its message for a job; on failure, neither. */
static int hold(Job *job, Sha256 *state, PyObject *piece)
{
    if (state->busy) {
        busy();
        return -1;
    }
    if (PyObject_GetBuffer(piece, &job->piece, PyBUF_SIMPLE) < 0)
        return -1;
    state->busy = 1;
    job->state = (Sha256 *)Py_NewRef((PyObject *)state);
    job->next = job->piece.buf;
    job->left = (size_t)job->piece.len;
    return 0;
}

static PyObject *sha256_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, ":Sha256", names))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Sha256 *state = (Sha256 *)allocate(type, 0);
    if (state)
        memcpy(state->words, INITIAL, sizeof INITIAL);
    return (PyObject *)state;
}

static void sha256_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release_memory = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release_memory(self);
    Py_DECREF(type);
}

static PyObject *sha256_update(PyObject *self, PyObject *piece)
{
    Job job;
    if (hold(&job, (Sha256 *)self, piece) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    run(&KERNELS[0], &job, 1);
    Py_END_ALLOW_THREADS
    release(&job, 1);
    Py_RETURN_NONE;
}

static PyObject *sha256_digest(PyObject *self, PyObject *unused)
{
    unsigned char digest[32];
    (void)unused;
    if (((Sha256 *)self)->busy)
        return busy();
    finish((Sha256 *)self, digest);
    return PyBytes_FromStringAndSize((const char *)digest, sizeof digest);
}

static PyObject *sha256_hexdigest(PyObject *self, PyObject *unused)
{
    PyObject *digest = sha256_digest(self, unused), *text = NULL;
    if (digest) {
        text = PyObject_CallMethod(digest, "hex", NULL);
        Py_DECREF(digest);
    }
    return text;
}

static PyMethodDef sha256_methods[] = {
    {"update", sha256_update, METH_O, "Take the next bytes of the message."},
    {"digest", sha256_digest, METH_NOARGS, "The digest of what was taken so far."},
    {"hexdigest", sha256_hexdigest, METH_NOARGS, "The same in lower-case hex."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot sha256_slots[] = {
    {Py_tp_doc, "SHA-256 of one message, as of hashlib; update() of the module feeds several at once."},
    {Py_tp_new, sha256_new},
    {Py_tp_dealloc, sha256_dealloc},
    {Py_tp_methods, sha256_methods},
    {0, NULL},
};
static PyType_Spec sha256_spec = {
    .name = "airlock_core.lanes._sha256.Sha256",
    .basicsize = sizeof(Sha256),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = sha256_slots,
};

static const Kernel *named(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (!strcmp(name, KERNELS[i].name) && KERNELS[i].usable())
            return &KERNELS[i];
    PyErr_Format(PyExc_ValueError, "this processor has no kernel %s", name);
    return NULL;
}

static const Kernel *best(void)
{
    size_t i = COUNT - 1;
    while (!KERNELS[i].usable())
        i--;
    return &KERNELS[i];
}

/* Hold all pairs of state and piece; how many, or -1 with none held. */
static Py_ssize_t hold_all(PyObject *module, PyObject *pairs, Job *jobs)
{
    Module *own = PyModule_GetState(module);
    Py_ssize_t count = PyTuple_Size(pairs);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *state, *piece, *pair = PyTuple_GetItem(pairs, i);
        if (!PyTuple_Check(pair)) {
            PyErr_SetString(PyExc_TypeError, "update() takes pairs of Sha256 and bytes");
        } else if (PyArg_ParseTuple(pair, "O!O", own->type, &state, &piece) &&
                   !hold(&jobs[i], (Sha256 *)state, piece)) {
            continue;
        }
        release(jobs, (size_t)i);
        return -1;
    }
    return count;
}

static PyObject *update(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"pieces", "kernel", NULL};
    PyObject *pieces;
    const char *name = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|s:update", names, &pieces, &name))
        return NULL;
    const Kernel *kernel = name ? named(name) : best();
    PyObject *pairs = kernel ? PySequence_Tuple(pieces) : NULL;
    if (!pairs)
        return NULL;
    Job *jobs = PyMem_Calloc((size_t)PyTuple_Size(pairs) + 1, sizeof *jobs);
    Py_ssize_t count = jobs ? hold_all(module, pairs, jobs) : -1;
    if (count >= 0) {
        Py_BEGIN_ALLOW_THREADS
        run(kernel, jobs, (size_t)count);
        Py_END_ALLOW_THREADS
        release(jobs, (size_t)count);
    } else if (!jobs) {
        PyErr_NoMemory();
    }
    PyMem_Free(jobs);
    Py_DECREF(pairs);
    if (count < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"update", (PyCFunction)(void (*)(void))update, METH_VARARGS | METH_KEYWORDS,
     "Take pieces of several messages, each of a Sha256 of its own."},
    {NULL, NULL, 0, NULL},
};

static int add_kernels(PyObject *module)
{
    PyObject *found = PyList_New(0), *kernels = NULL;
    for (size_t i = 0; found && i < COUNT; i++) {
        PyObject *name = KERNELS[i].usable() ? PyUnicode_FromString(KERNELS[i].name) : Py_NewRef(Py_None);
        if (!name || (name != Py_None && PyList_Append(found, name) < 0))
            Py_CLEAR(found);
        Py_XDECREF(name);
    }
    if (found)
        kernels = PyList_AsTuple(found);
    Py_XDECREF(found);
    int done = kernels ? PyModule_AddObjectRef(module, "KERNELS", kernels) : -1;
    Py_XDECREF(kernels);
    return done;
}

static int set_up(PyObject *module)
{
    Module *own = PyModule_GetState(module);
    own->type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &sha256_spec, NULL);
    if (!own->type || PyModule_AddType(module, own->type) < 0 || add_kernels(module) < 0)
        return -1;
    if (PyModule_AddIntConstant(module, "WIDTH", (long)best()->width) < 0)
        return -1;
    PyObject *sha = PyBool_FromLong(has_sha());
    int done = PyModule_AddObjectRef(module, "PROCESSOR_HASHES", sha);
    Py_XDECREF(sha);
    return done;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((Module *)PyModule_GetState(module))->type);
    return 0;
}

static int clear(PyObject *module)
{
    Py_CLEAR(((Module *)PyModule_GetState(module))->type);
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, set_up}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "airlock_core.lanes._sha256",
    .m_doc = "SHA-256 of several messages side by side.",
    .m_size = sizeof(Module),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
};

PyMODINIT_FUNC PyInit__sha256(void)
{
    return PyModuleDef_Init(&definition);
}
