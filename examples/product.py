"""The gradient of a product of n numbers: O(n) operations, where symbolic derivatives need O(n^2).

The derivative by x[k] is the product of all others. Written out as expressions, that is n products
of n - 1 factors. Reverse mode shares what they have in common.
"""

import numpy as np

import srcad


@srcad.differentiate
def product(x):
    p = 1.0
    for i in range(x.size):
        p *= x[i]
    return p


def symbolic_multiplications(n):
    """Return how many multiplications the n partial derivatives take, each written out."""
    return n * (n - 2)


def main(sizes=(10, 100, 1000)):
    x = np.array([2.0, 3.0, 5.0, 7.0])
    print(f"product {product(x)}, gradient {srcad.grad(product)(x)}")
    print(product.inspect_adjoint(x))
    print("\n     n   symbolic      srcad (operations of value and gradient)")
    counts = []
    for n in sizes:
        ours = product.cost(np.ones(n)).gradient.operations
        counts.append((n, symbolic_multiplications(n), ours))
        print("{:6d}  {:9d}  {:9d}".format(*counts[-1]))
    return counts


def draw(axes, counts):
    n, symbolic, ours = zip(*counts, strict=True)
    axes.loglog(n, symbolic, "o-", label="each partial derivative written out")
    axes.loglog(n, ours, "o-", label="reverse mode")
    axes.set(xlabel="factors", ylabel="operations")
    axes.legend()


if __name__ == "__main__":
    main()
